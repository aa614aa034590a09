"""Data-element standards 数据元: what a code must look like, whoever writes it."""
