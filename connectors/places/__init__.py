"""Where files of departments lie: a folder, an SFTP or FTP server, an S3 store, a web server; only ever read."""
