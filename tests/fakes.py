"""Stand-ins that several rooms' tests share; each says what it leaves out."""
