import "./wounds";
