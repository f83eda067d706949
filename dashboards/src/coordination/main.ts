import "./coordination";
