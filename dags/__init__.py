"""When things happen: the DAG files, and the steps they call."""
