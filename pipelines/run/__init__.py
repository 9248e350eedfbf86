"""What every job runs by: engine, configuration files, reporting."""
