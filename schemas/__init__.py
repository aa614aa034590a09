"""The words every other room speaks: frozen types, errors, contracts, standards."""
