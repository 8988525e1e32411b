import assert from "node:assert/strict";
import { test } from "node:test";

import { plain, readCitizen } from "../../geoapp/web/static/js/lib/citizen.js";

test("a citizen number says birth and sex, in its old form too; a wrong one says nothing", () => {
  assert.deepEqual(readCitizen("11010519491231002X"), { born: "1949-12-31", sex: "F" });
  assert.deepEqual(readCitizen("110105 19491231-002x"), { born: "1949-12-31", sex: "F" });
  assert.deepEqual(readCitizen("110105491231002"), { born: "1949-12-31", sex: "F" });
  assert.deepEqual(readCitizen("34052419800101001X"), { born: "1980-01-01", sex: "M" });
  for (const wrong of ["", "1101051949123100", "110105194912310021", "110105490231002", "E12345678", "110105190002290021"]) assert.equal(readCitizen(wrong), null);
  assert.equal(plain(" 1101 05-x"), "110105X");
});
