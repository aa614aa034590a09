"""The lake in a folder and in a bucket of a real S3 server, by one behaviour."""
