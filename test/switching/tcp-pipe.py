"""ADDRESS: takes one connection; ADDRESS MIB: makes it and sends that much. Prints what passed, as a digest."""
import hashlib, random, socket, sys

PORT = 5000
digest = hashlib.md5()
if len(sys.argv) == 2:
    server = socket.create_server((sys.argv[1], PORT))
    print("listening", flush=True)
    connection, _ = server.accept()
    while piece := connection.recv(1 << 20):
        digest.update(piece)
else:
    piece = random.Random(1).randbytes(1 << 20)
    connection = socket.create_connection((sys.argv[1], PORT), timeout=60)
    for _ in range(int(sys.argv[2])):
        connection.sendall(piece)
        digest.update(piece)
    connection.close()
print(digest.hexdigest())
