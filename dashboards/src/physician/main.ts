document.body.append("Veilleuse");
