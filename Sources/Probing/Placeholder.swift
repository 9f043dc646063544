// Placeholder so that the target builds; the first real file of the room replaces it.
