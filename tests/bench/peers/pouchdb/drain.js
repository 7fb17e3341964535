// Puts the lines of a file into a database of its own, then sends them to the address that is named.
// Words: folder, file, address, documents per batch. Prints the seconds that the sending took.
const fs = require("fs");
const path = require("path");
const PouchDB = require("pouchdb");

async function main(folder, file, address, batch) {
  const db = new PouchDB(path.join(folder, "outbox"));
  const lines = fs.readFileSync(file, "utf8").split("\n").filter(Boolean);
  await db.bulkDocs(
    lines.map((said, number) => ({ _id: String(number).padStart(12, "0"), said })),
  );
  const begun = process.hrtime.bigint();
  const done = await db.replicate.to(`${address}/registry`, { batch_size: batch });
  const taken = Number(process.hrtime.bigint() - begun) / 1e9;
  if (!done.ok || done.docs_written !== lines.length) {
    throw new Error(`${done.docs_written} of ${lines.length} arrived`);
  }
  console.log(taken);
  await db.close();
}

main(process.argv[2], process.argv[3], process.argv[4], Number(process.argv[5])).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
