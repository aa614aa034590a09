"""The same suite on Spark, for datasets that outgrow one machine."""
