"""Figures of a whole version by division for superior tiers 汇总: counts and sums in which nobody can be found."""
