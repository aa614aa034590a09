"""Sharing requests 共享申请, from a draft to the first row read and to the end of the grant, disputes included."""
