import "./papers";
