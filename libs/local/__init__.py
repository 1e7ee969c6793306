"""The embedded runtime: Postgres, NATS and the five services as child processes of one supervisor."""
