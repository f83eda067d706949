"""The papers that leave the dossier: consultation report, liaison file, SAED sheet; PDF/A, CDA, XDM. Pure."""
