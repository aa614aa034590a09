"""Consents of persons and enterprises 个人授权: kept under keyed tokens, applied where rows are read."""
