import "./limits";
