import "./technician";
