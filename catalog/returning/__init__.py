"""Data return 数据返还: who may have back what was collected below, what of it came back, and who is told."""
