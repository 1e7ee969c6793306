"""What engine, api and deleter share about the deletion queue: how a job is made, called off and recorded."""
