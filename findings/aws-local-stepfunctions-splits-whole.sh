#!/bin/sh
# aws-local-stepfunctions 3.0.0: States.StringSplit with two separators splits where both
# stand side by side, as one text.
# Expected: each character of the second argument separates, as the Step Functions guide
# says ("Intrinsic functions", States.StringSplit: `This.is+a,test=string` by `.+,=` is
# five words), so ["dues", "late", "fee"].
# Seen: ["dues,late fee"]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm install --silent --no-audit --no-fund aws-local-stepfunctions@3.0.0 >> npm.log
cat > shown.mjs <<'END'
import { StateMachine } from "aws-local-stepfunctions";

const split = {
  Type: "Pass",
  Parameters: { "parts.$": "States.StringSplit($.text, ' ,')" },
  OutputPath: "$.parts",
  End: true,
};
const machine = new StateMachine({ StartAt: "Split", States: { Split: split } });
console.log(JSON.stringify(await machine.run({ text: "dues,late fee" }).result));
END
seen=$(node shown.mjs)
echo "$seen"
[ "$seen" = '["dues,late fee"]' ]
