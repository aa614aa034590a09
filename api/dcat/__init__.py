"""The catalogue as DCAT-AP 3, in JSON-LD, Turtle and RDF/XML, for whoever asks and no more than they may know of."""
