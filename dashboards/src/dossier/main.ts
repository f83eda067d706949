import "./dossier";
