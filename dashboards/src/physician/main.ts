import "./physician";
