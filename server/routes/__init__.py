"""One file per noun. Routes translate between HTTP and the service, and do nothing else."""
