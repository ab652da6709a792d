"""What every stage stands on: errors, params, files, the data set."""
