import "./appel";
