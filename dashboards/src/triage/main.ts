import "./triage";
