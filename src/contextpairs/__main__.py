"""`python -m contextpairs` is the command `contextpairs`."""

from contextpairs.pipelines.cli.main import main

if __name__ == "__main__":
    main()
