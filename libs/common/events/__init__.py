"""The typed catalogue of everything that happens; one module per family."""
