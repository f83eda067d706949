import "./agenda";
