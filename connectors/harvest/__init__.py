"""Reads the catalogues of other nodes, DCAT and CKAN, from the hosts that were named and within bounds."""
