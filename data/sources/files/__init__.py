"""Files, folders and containers of rows, whatever they hold."""
