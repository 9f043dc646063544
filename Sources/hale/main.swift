print("hale")
