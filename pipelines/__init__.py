"""The jobs, runnable without Prefect."""
