"""NATS JetStream: who keeps what, how events leave the database, and how outcomes become acknowledgements."""
