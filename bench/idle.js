// A program that says which proxy it was given and then waits: the client side of a measurement.
console.log(`proxy=${process.env.HTTP_PROXY ?? ''}`);
setInterval(() => {}, 1 << 30);
