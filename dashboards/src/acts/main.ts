import "./acts";
