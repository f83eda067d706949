document.body.append("Veilleuse");
export {};
