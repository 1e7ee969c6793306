"""What tests stand on: real servers, fresh databases, and a running system."""
