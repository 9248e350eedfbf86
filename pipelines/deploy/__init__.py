"""The flows as deployments of a Prefect server, by its own command: nothing of Prefect is imported."""
