#!/bin/sh
# Stands in for wherry-cp, which is $WHERRY_CP, and runs it under Valgrind: errors and lost memory end with status 99.
exec valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
  "$WHERRY_CP" "$@"
