"""The pages of data officers: HTML drawn by the server, Chinese first."""
