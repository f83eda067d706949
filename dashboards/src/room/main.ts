import "./screen";

document.body.append(document.createElement("veilleuse-room"));
