"""What a sensor says: vocabulary, wire contract, codecs, drivers and virtual sensors."""
