// Serves PouchDB over LevelDB in the folder that is named, on a free port of loopback.
const path = require("path");
const express = require("express");
const servePouchDB = require("express-pouchdb");
const PouchDB = require("pouchdb");

const folder = process.argv[2];
const app = express();
app.use(
  "/",
  servePouchDB(PouchDB.defaults({ prefix: folder + path.sep }), {
    mode: "minimumForPouchDB",
    inMemoryConfig: true,
    logPath: path.join(folder, "log.txt"),
  }),
);
const server = app.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
// The end of standard input is the end of whoever started this.
process.stdin.on("end", () => process.exit(0)).resume();
