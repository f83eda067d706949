import "./activity";
