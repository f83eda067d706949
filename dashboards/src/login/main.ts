import "./login";
