"""The night's work, its Prefect flow, deployments, and the command line `kesheng`."""
