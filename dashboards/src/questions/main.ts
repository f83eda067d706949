import "./questions";
