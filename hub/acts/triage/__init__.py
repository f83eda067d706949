"""The questionnaire before a teleconsultation: rules as data, and what they say of one resident."""
