import "./guest";
